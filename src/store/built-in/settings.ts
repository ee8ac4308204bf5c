/** Where a PostgreSQL listens: a private directory for its socket, or where there are no such sockets, a loopback port. */
export type Listener = { kind: 'socket'; directory: string } | { kind: 'loopback'; port: number };

/** How much a crash of the machine may lose: nothing, or (for databases that are thrown away) everything. */
export type Durability = 'full' | 'none';

/** The port in the name of the socket. Nothing listens on it. */
export const socketPort = 5432;

/** How many connections the built-in server takes: pools of one serve, the job runner, and a few commands beside it. */
export const connectionsMax = 100;

/**
 * The settings of the built-in server, given on its command line at each start, so that they follow the program and not
 * the day on which the cluster was made. They suit a small machine; one that needs more deserves its own PostgreSQL.
 */
export function serverSettings(listener: Listener, durability: Durability): string[] {
  const settings: Record<string, string> = {
    ...listenerSettings(listener),
    cluster_name: 'rollcall',
    max_connections: String(connectionsMax),
    // an acknowledged request is on disk
    fsync: durability === 'full' ? 'on' : 'off',
    synchronous_commit: durability === 'full' ? 'on' : 'off',
    full_page_writes: durability === 'full' ? 'on' : 'off',
    shared_buffers: '128MB',
    effective_cache_size: '1GB',
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    // bounds what a start after a crash has to read again
    max_wal_size: '512MB',
    // a start after a crash asks the file system once, instead of opening each of a thousand files
    ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
    min_wal_size: '80MB',
    // pages come from memory or from an SSD
    random_page_cost: '1.1',
    // compiling a plan costs more than any of our statements
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The log is a file that Rollcall bounds. Refused statements stay out of it (the order is … error, log, fatal): they
    // are part of normal work, Rollcall reports those that are not, and their texts would carry people's names.
    logging_collector: 'off',
    log_min_messages: 'log',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function listenerSettings(listener: Listener): Record<string, string> {
  if (listener.kind === 'socket') {
    return {
      listen_addresses: '',
      port: String(socketPort),
      unix_socket_directories: listener.directory,
      unix_socket_permissions: '0700',
    };
  }
  return { listen_addresses: '127.0.0.1', port: String(listener.port), unix_socket_directories: '' };
}
