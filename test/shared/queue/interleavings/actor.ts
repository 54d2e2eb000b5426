import type { Ended, FinishReply } from '#shared/queue/task-source.ts';
import type { Claim } from '#shared/task.ts';
import type { Ledger } from './ledger.ts';

/** A claim, or a finish and a claim. */
export interface Request {
  readonly sequence: number;
  readonly ended: readonly Ended[];
  readonly most: number;
}

/** A worker's process as the queue meets it. */
export class Actor {
  readonly name: string;
  /** Claims that it knows of and has not ended. */
  hand: readonly Claim[] = [];
  /** Carried out, and its reply was lost. Nothing else is sent before it is answered. */
  unanswered: { readonly request: Request; readonly reply: FinishReply } | null = null;
  /** The request before the newest one that was answered: it may still straggle. */
  older: Request | null = null;
  #last: Request | null = null;
  #sequence = 0;

  constructor(name: string) {
    this.name = name;
  }

  next(ended: readonly Ended[], most: number): Request {
    this.#sequence += 1;
    return { sequence: this.#sequence, ended, most };
  }

  /** The reply is there. */
  receive(request: Request, { next }: FinishReply): void {
    const ended = new Set(request.ended.map(({ claim }) => claim));
    const kept = this.hand.filter((claim) => !ended.has(claim));
    this.hand = [...kept, ...(next.kind === 'tasks' ? next.claims : [])];
    this.unanswered = null;
    this.older = this.#last;
    this.#last = request;
  }

  /** All of it that can matter later, without names and numbers that say nothing. */
  fingerprint(ledger: Ledger, options: { stragglers: boolean }): string {
    const claim = (held: Claim): string => `${held.task.id}${ledger.isCurrent(this.name, held) ? '' : '-'}`;
    const request = ({ ended, most }: Request): string =>
      `${ended.map((one) => claim(one.claim) + one.outcome.kind).join()}>${most}`;
    const reply = ({ accepted, next }: FinishReply): string =>
      `${accepted.join()} ${next.kind === 'tasks' ? next.claims.map(claim).join() : ''}`;
    const { unanswered } = this;
    return [
      this.hand.map(claim).join(),
      unanswered && `${request(unanswered.request)}:${reply(unanswered.reply)}`,
      ...(options.stragglers ? [this.#last, this.older].map((one) => one && request(one)) : []),
    ].join('|');
  }
}
