# Pin it by digest where images are built for production:
#   docker build --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:… .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Temporal's SDK brings its native library for five platforms; the image needs one of them.
RUN npm ci --omit=dev --no-audit --no-fund \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

# What the image contains, in CycloneDX.
RUN npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx >sbom.json

FROM packages AS build
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY migrations ./migrations
COPY simulators ./simulators
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS program
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages /app/sbom.json ./sbom.json
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# Auth, Products, Inventory and Payments for development: docker build --target simulators .
FROM program AS simulators
ENV HEALTH_URL=http://127.0.0.1:4004/livez SIM_HOST=0.0.0.0 SIM_DATA_DIR=/app/.data/services
# A volume mounted here belongs to the user below.
RUN install -d -o 1000 -g 1000 .data
COPY --from=build /app/dist/simulators ./dist/simulators
USER 1000:1000
CMD ["node", "dist/simulators/server.js"]

# The API. The worker is `node dist/src/worker.js`, with HEALTH_URL of its port.
FROM program AS service
ENV HOST=0.0.0.0 \
  WORKFLOW_BUNDLE=/app/dist/src/workflow-bundle.cjs \
  HEALTH_URL=http://127.0.0.1:3000/livez
COPY --from=build /app/dist/migrations ./dist/migrations
COPY --from=build /app/dist/src ./dist/src
USER 1000:1000
CMD ["node", "dist/src/api/server.js"]
