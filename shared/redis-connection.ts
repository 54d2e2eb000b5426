import { Redis, type Command } from 'ioredis';

/** The part of the client's lists of commands without an answer that is needed here. */
interface Unanswered {
  shift(): { readonly command: Command } | undefined;
}

/** Where the client keeps them; its types hide the last two. */
interface CommandQueues {
  /** Sent over the connection that there is. */
  readonly commandQueue: Unanswered;
  /** Not sent yet. */
  readonly offlineQueue: Unanswered;
  /** Sent over the connection before this one, to be sent again. */
  readonly prevCommandQueue?: Unanswered | null;
}

/**
 * The client, but that whoever awaits a command always gets an answer. ioredis 6.0 forgets some, and their callers wait for ever:
 * - when `disconnect` comes while it waits to connect again it rejects nothing, does not end, and goes on to take commands;
 * - when it comes during a handshake, those that were to be sent again.
 * Here they are rejected, and `end` always comes.
 */
export class RedisConnection extends Redis {
  /**
   * Leaves a server that is the primary no more, at once and without hearing it out: what it still answers is lost. While the
   * next one is being looked for there is nothing to leave.
   */
  leave(): void {
    if (this.status === 'connect' || this.status === 'ready') this.stream.destroy();
  }

  override disconnect(reconnect = false): void {
    super.disconnect(reconnect);
    if (reconnect || this.status === 'end') return;
    this.once('end', () => {
      const { commandQueue, offlineQueue, prevCommandQueue } = this as unknown as CommandQueues;
      for (const queue of [commandQueue, offlineQueue, prevCommandQueue]) reject(queue);
    });
    // A server is heard out (disconnectTimeout); where there is none nothing else would end this.
    if (this.status === 'connecting' || this.status === 'reconnecting') {
      this.status = 'end';
      this.emit('end');
    }
  }
}

function reject(queue: Unanswered | null | undefined): void {
  for (let item = queue?.shift(); item !== undefined; item = queue?.shift()) {
    item.command.reject(new Error('Connection is closed.'));
  }
}
