import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../run-server.ts';

// The same at every start: the broker's data belongs to a node name.
const NODE_NAME = 'orders@localhost';

const CONFIG_FILE = 'rabbitmq.conf';
const PLUGINS_FILE = 'enabled_plugins';

/** Writes the files that the broker reads at its start. */
export async function writeRabbitmqFiles(
  dataDir: string,
  ports: { amqp: number; management: number },
  { ip }: Surroundings,
): Promise<void> {
  const config = [
    `listeners.tcp.default = ${ip}:${ports.amqp}`,
    `management.tcp.ip = ${ip}`,
    `management.tcp.port = ${ports.management}`,
    // Into a container everyone comes from outside, though only from this machine.
    `loopback_users.guest = ${ip === '127.0.0.1'}`,
    'log.console = true',
    'log.console.level = warning',
    // Half the statistics, and half the CPU at rest.
    'collect_statistics_interval = 10000',
    '',
  ];
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, CONFIG_FILE), config.join('\n'));
  await writeFile(join(dataDir, PLUGINS_FILE), '[rabbitmq_management].\n');
}

/** Keeps everything of this broker apart from others, and from the settings of the machine. */
export function rabbitmqEnv(
  { ip, dataDir }: Surroundings,
  ports: { distribution: number; epmd: number },
): Record<string, string> {
  const native = ip === '127.0.0.1';
  const erlang = [
    // No busy waiting: it would cost a tenth of a CPU at rest.
    '+sbwt none +sbwtdcpu none +sbwtdio none',
    ...(native ? ['-kernel inet_dist_use_interface {127,0,0,1}'] : []),
  ];
  return {
    HOME: dataDir,
    // Else one that is stopped while it starts leaves its dump in the checkout.
    ERL_CRASH_DUMP: join(dataDir, 'erl_crash.dump'),
    RABBITMQ_NODENAME: NODE_NAME,
    RABBITMQ_CONFIG_FILE: join(dataDir, CONFIG_FILE),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dataDir, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: join(dataDir, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dataDir, PLUGINS_FILE),
    RABBITMQ_MNESIA_BASE: join(dataDir, 'data'),
    RABBITMQ_LOG_BASE: join(dataDir, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_DIST_PORT: `${ports.distribution}`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: erlang.join(' '),
    ...(native && {
      ERL_EPMD_PORT: `${ports.epmd}`,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      // Else Erlang starts a daemon of its own where ours is gone already, and that one stays.
      ERL_AFLAGS: '-start_epmd false',
    }),
  };
}
