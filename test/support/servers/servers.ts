/** Where the run's servers are; set by the global set-up for every test file. */
export interface TestServers {
  dataDir: string;
  workflowBundle: string;
  temporalAddress: string;
  temporalUiUrl: string;
  mongodbUri: string;
  redisUrl: string | undefined;
  rabbitmqUrl: string | undefined;
}

export const testServersVariable = 'ORDERS_TEST_SERVERS';

export function testServers(): TestServers {
  const text = process.env[testServersVariable];
  if (text === undefined) throw new Error('the servers of this test run are not started');
  return JSON.parse(text) as TestServers;
}
