export interface Healthcheck {
  readonly test?: readonly string[];
  readonly disable?: boolean;
}

export interface Service {
  readonly image: string;
  readonly build?: string | { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: Healthcheck;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly profiles?: readonly string[];
  readonly networks?: Readonly<Record<string, { readonly aliases: readonly string[] }>>;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export interface Mount {
  readonly volume: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export function parseCompose(text: string, environment?: Readonly<Record<string, string>>): Compose;
export function parseMount(text: string): Mount;
export function activeServices(compose: Pick<Compose, 'services'>, profiles?: readonly string[]): Compose['services'];
export function targetOf(compose: Pick<Compose, 'services'>, service: Service): string | null | undefined;
export function startOrder(compose: Pick<Compose, 'services'>): string[];
export function isOneShot(compose: Pick<Compose, 'services'>, name: string): boolean;
export function composeFaults(
  compose: Compose,
  programs: Readonly<Record<string, Readonly<Record<string, { readonly secret: boolean }>>>>,
): string[];
