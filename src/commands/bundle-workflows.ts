import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { failureConverterPath } from '../payloads/data-converter.ts';
import { runAsProgram } from '../platform/lifecycle.ts';

const here = import.meta.url;

/**
 * Bundles the workflows' code for the sandbox; done once, in the build, for production. What keeps
 * no state of a workflow is loaded once for all of them, and not again for each order. Where payloads
 * are encrypted, the workflows have to put the texts of their failures into payloads.
 */
export async function bundleWorkflows({
  isEncrypting = false,
} = {}): Promise<WorkflowBundleWithSourceMap> {
  const extension = here.endsWith('.ts') ? 'ts' : 'js';
  const pathOf = (name: string) =>
    fileURLToPath(new URL(`../workflows/${name}.${extension}`, here));
  return bundleWorkflowCode({
    workflowsPath: pathOf('index'),
    workflowInterceptorModules: [pathOf('runtime/interceptors')],
    preloadModules: [pathOf('runtime/preload'), pathOf('index')],
    ...(isEncrypting && { failureConverterPath }),
    logger: new DefaultLogger('WARN'),
  });
}

/** Where the bundle is of workers that encrypt, beside that of those that do not. */
export function encryptingBundle(path: string): string {
  return path.replace(/(\.\w+)$/, '.encrypting$1');
}

await runAsProgram(here, async () => {
  const path = fileURLToPath(new URL('../workflow-bundle.cjs', here));
  const [plain, encrypting] = [
    await bundleWorkflows(),
    await bundleWorkflows({ isEncrypting: true }),
  ];
  await writeFile(path, plain.code);
  await writeFile(encryptingBundle(path), encrypting.code);
  process.exit(0);
});
