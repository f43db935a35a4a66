import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import {
  CLIENT_CREDENTIALS_MEMBERS,
  type Credential,
  type Permission,
  permissionMatrix,
  REQUIRED_PERMISSION,
} from '../access/permissions.js';
import { AppError } from '../errors/app-error.js';
import { OPEN_TO_ALL } from '../http/open-to-all.js';

/** Lets a request pass whose key, grant and credential together hold what the route declares. */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<string>(OPEN_TO_ALL, places)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { access, scope } = request;
    const required = this.reflector.getAllAndOverride<Permission | undefined>(REQUIRED_PERMISSION, places);
    // A route that declares nothing is closed to everybody.
    if (required === undefined || access === undefined || scope === undefined) throw new AppError('forbidden');
    const { key, claims } = access;
    // check: permission guard: grant of the key
    if (!key.grants.includes(claims.grant_type)) throw new AppError('forbidden', { reason: 'grant_lost' });
    // check: permission guard: rights of the key
    if (!key.permissions.includes(required)) throw new AppError('forbidden', { reason: 'permission_missing' });
    const credentials: readonly Credential[] = permissionMatrix[required];
    // check: permission guard: credential
    if (!credentials.includes(scope.credential)) throw new AppError('forbidden', { reason: 'permission_missing' });
    if (scope.credential !== 'client_credentials') {
      removeMembers(request.body, this.reflector.getAllAndOverride(CLIENT_CREDENTIALS_MEMBERS, places) ?? []);
    }
    return true;
  }
}

function removeMembers(body: unknown, names: readonly string[]): void {
  const data: unknown = (body as { data?: unknown } | null | undefined)?.data;
  if (typeof data !== 'object' || data === null) return;
  // check: members for client credentials only
  for (const name of names) Reflect.deleteProperty(data, name);
}
