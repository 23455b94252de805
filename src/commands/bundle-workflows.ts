import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { runAsProgram } from '../platform/lifecycle.ts';

const here = import.meta.url;

/**
 * Bundles the workflows' code for the sandbox; done once, in the build, for production. What keeps
 * no state of a workflow is loaded once for all of them, and not again for each order.
 */
export async function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  const extension = here.endsWith('.ts') ? 'ts' : 'js';
  const pathOf = (name: string) =>
    fileURLToPath(new URL(`../workflows/${name}.${extension}`, here));
  return bundleWorkflowCode({
    workflowsPath: pathOf('index'),
    workflowInterceptorModules: [pathOf('runtime/interceptors')],
    preloadModules: [pathOf('runtime/preload'), pathOf('index')],
    logger: new DefaultLogger('WARN'),
  });
}

await runAsProgram(here, async () => {
  const { code } = await bundleWorkflows();
  await writeFile(new URL('../workflow-bundle.cjs', here), code);
  process.exit(0);
});
