FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Temporal's SDK brings its native library for five platforms; the image needs one of them.
RUN npm ci --omit=dev --no-audit --no-fund \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM packages AS build
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY migrations ./migrations
COPY simulators ./simulators
COPY src ./src
RUN npm run build

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  WORKFLOW_BUNDLE=/app/dist/src/workflow-bundle.cjs \
  HEALTH_URL=http://127.0.0.1:3000/readyz
WORKDIR /app
# A volume mounted here belongs to the user below.
RUN install -d -o node -g node .data
COPY package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The API. The worker is `node dist/src/worker.js`, with its own HEALTH_URL.
CMD ["node", "dist/src/api/server.js"]
