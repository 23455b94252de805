import { register } from 'tsx/esm/api';

register();
const { default: stopServers } = await import('../servers/stop-servers.ts');
export default stopServers;
