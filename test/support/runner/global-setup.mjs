// Jest loads this file itself, outside its transform: so TypeScript comes in through tsx.
import { register } from 'tsx/esm/api';

register();
const { default: startServers } = await import('../servers/start-servers.ts');
export default startServers;
