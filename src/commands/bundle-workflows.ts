import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import {
  failureConverterPath,
  isEncrypting,
  type PayloadSettings,
} from '../payloads/data-converter.ts';
import { runAsProgram } from '../platform/lifecycle.ts';

const here = import.meta.url;

/**
 * Bundles the workflows' code for the sandbox; done once, in the build, for production. What keeps
 * no state of a workflow is loaded once for all of them, and not again for each order. Where payloads
 * are encrypted, the workflows have to put the texts of their failures into payloads.
 */
export async function bundleWorkflows({
  encrypts = false,
} = {}): Promise<WorkflowBundleWithSourceMap> {
  const extension = here.endsWith('.ts') ? 'ts' : 'js';
  const pathOf = (name: string) =>
    fileURLToPath(new URL(`../workflows/${name}.${extension}`, here));
  return bundleWorkflowCode({
    workflowsPath: pathOf('index'),
    workflowInterceptorModules: [pathOf('runtime/interceptors')],
    preloadModules: [pathOf('runtime/preload'), pathOf('index')],
    ...(encrypts && { failureConverterPath }),
    logger: new DefaultLogger('WARN'),
  });
}

/** The bundle for a worker with this configuration; without a path to one, it is made. */
export async function workflowBundle({
  WORKFLOW_BUNDLE: codePath,
  ...settings
}: PayloadSettings & { WORKFLOW_BUNDLE?: string | undefined }) {
  const encrypts = isEncrypting(settings);
  if (codePath === undefined) return bundleWorkflows({ encrypts });
  return { codePath: encrypts ? encryptingBundle(codePath) : codePath };
}

/** Where the bundle is of workers that encrypt, beside that of those that do not. */
export function encryptingBundle(path: string): string {
  return path.replace(/(\.\w+)$/, '.encrypting$1');
}

await runAsProgram(here, async () => {
  const path = fileURLToPath(new URL('../workflow-bundle.cjs', here));
  const [plain, encrypting] = [await bundleWorkflows(), await bundleWorkflows({ encrypts: true })];
  await writeFile(path, plain.code);
  await writeFile(encryptingBundle(path), encrypting.code);
  process.exit(0);
});
