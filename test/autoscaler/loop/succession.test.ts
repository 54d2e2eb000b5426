import { describe, expect, test } from 'vitest';
import { ordersOf, type OrderBook, type StandingOrders } from '#autoscaler/loop/standing-orders.ts';
import { SECOND } from '#shared/clock.ts';
import { setUp, settings, STEP_MS } from '../support/autoscaler-bench.ts';
import { whileTimePasses } from '../support/passing-time.ts';

/** A book in memory; `away`: nobody answers. */
class MemoryBook implements OrderBook {
  kept: StandingOrders | null = null;
  away = false;
  writes = 0;

  async read(): Promise<StandingOrders | null> {
    if (this.away) throw new Error('no answer');
    return this.kept;
  }

  async write(orders: StandingOrders | null): Promise<void> {
    if (this.away) await new Promise(() => undefined);
    this.kept = orders;
    this.writes += 1;
  }
}

const others = { ...ordersOf(settings({ policy: 'static-5' })), shadow: 'static-2' };

describe('who comes to lead', () => {
  test('takes up other policies within its episode, and decides by them at its next step', async () => {
    const book = new MemoryBook();
    let leads = false;
    const { clock, farm, autoscaler } = await setUp(3, settings(), { orders: book, leads: () => leads });
    const { since } = autoscaler.episode;
    await clock.advance(2.5 * STEP_MS);
    book.kept = others;
    autoscaler.takeOffice();
    leads = true;
    await clock.advance(0);
    expect(autoscaler.policy).toMatchObject({ live: { name: 'static-5' }, shadow: { name: 'static-2' } });
    expect(farm.applied).toEqual([]);
    await clock.advance(0.5 * STEP_MS);
    expect(farm.applied).toEqual([4]);
    expect(autoscaler.episode).toMatchObject({ policy: 'static-5', steps: 1, since });
  });

  test('begins an episode by other settings, with the workers as they are', async () => {
    const book = new MemoryBook();
    const { clock, farm, autoscaler } = await setUp(3, settings(), { orders: book });
    book.kept = ordersOf(settings({ policy: 'static-5', stepDurationS: 4 }));
    autoscaler.takeOffice();
    await clock.advance(0);
    expect(autoscaler.episode).toMatchObject({ policy: 'static-5', settings: { stepDurationS: 4 } });
    expect(farm.applied).toEqual([]);
    await clock.advance(8 * SECOND);
    expect(farm.applied).toEqual([4, 5]);
  });

  test('goes on with its episode where nothing else was ordered meanwhile', async () => {
    const { clock, autoscaler } = await setUp(6, settings(), { orders: new MemoryBook() });
    await clock.advance(3 * STEP_MS);
    autoscaler.takeOffice();
    await clock.advance(STEP_MS);
    expect(autoscaler.episode.steps).toBe(4);
  });

  test('goes back to farm.yml’s where its successor was told to', async () => {
    const book = new MemoryBook();
    const { clock, autoscaler } = await setUp(6, settings(), { orders: book });
    await autoscaler.setPolicy({ live: 'static-2' });
    expect(book.kept?.settings.policy).toBe('static-2');
    book.kept = null;
    autoscaler.takeOffice();
    await clock.advance(0);
    expect(autoscaler.policy.live.name).toBe('static-6');
  });

  test('decides nothing and takes no orders before it knows', async () => {
    const book = new MemoryBook();
    const { clock, farm, autoscaler, lines } = await setUp(3, settings(), { orders: book });
    book.away = true;
    autoscaler.takeOffice();
    await clock.advance(3 * STEP_MS);
    expect(autoscaler.leads).toBe(false);
    expect(farm.applied).toEqual([]);
    await expect(autoscaler.setPolicy({ live: 'static-1' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(lines.some(({ message }) => message.startsWith('the orders that hold could not be read'))).toBe(true);
    book.away = false;
    await clock.advance(SECOND);
    expect(autoscaler.leads).toBe(true);
    await clock.advance(STEP_MS);
    expect(farm.applied).toEqual([4]);
  });

  test('stays aside for whoever asked for a while, and ends a pause that somebody else has ended', async () => {
    const book = new MemoryBook();
    const { clock, autoscaler } = await setUp(3, settings(), { orders: book });
    await autoscaler.pause({ lasting: false });
    expect(book.writes).toBe(0);
    autoscaler.takeOffice();
    await clock.advance(0);
    expect(autoscaler.state).toBe('paused');

    book.kept = ordersOf(settings({ policy: 'static-5', stepDurationS: 4 }));
    autoscaler.takeOffice();
    await clock.advance(0);
    expect(autoscaler.episode.policy).toBe('static-5');
    expect(autoscaler.state).toBe('paused');

    await autoscaler.pause();
    expect(book.kept.paused).toBe(true);
    book.kept = null;
    autoscaler.takeOffice();
    await clock.advance(0);
    expect(autoscaler.state).toBe('running');
  });
});

describe('who follows', () => {
  test('keeps up with the orders, so that it decides at its next step when it comes to lead', async () => {
    const book = new MemoryBook();
    let leads = false;
    const { clock, farm, autoscaler } = await setUp(3, settings(), { orders: book, leads: () => leads });
    book.kept = { ...ordersOf(settings({ policy: 'static-5', stepDurationS: 4 })), paused: true };
    autoscaler.keepUp();
    await clock.advance(0);
    expect(autoscaler.state).toBe('paused');
    book.kept = { ...book.kept, paused: false };
    autoscaler.keepUp();
    await clock.advance(0);
    const { since, settings: followed } = autoscaler.episode;
    expect(followed).toMatchObject({ policy: 'static-5', stepDurationS: 4 });
    await clock.advance(11 * SECOND);
    autoscaler.takeOffice();
    leads = true;
    await clock.advance(SECOND);
    expect(farm.applied).toEqual([4]);
    expect(autoscaler.episode).toMatchObject({ since, steps: 1 });
  });

  test('tries orders that it cannot follow once, until it leads or they change', async () => {
    const book = new MemoryBook();
    const { clock, autoscaler, lines } = await setUp(3, settings(), { orders: book, leads: () => false });
    const refused = (): number => lines.filter(({ level }) => level === 'error').length;
    book.kept = ordersOf(settings({ policy: 'gone' }));
    for (let i = 0; i < 3; i += 1) {
      autoscaler.keepUp();
      await clock.advance(0);
    }
    expect(refused()).toBe(1);
    autoscaler.takeOffice();
    await clock.advance(0);
    expect(refused()).toBe(2);
    book.kept = others;
    autoscaler.keepUp();
    await clock.advance(0);
    expect(autoscaler.policy.live.name).toBe('static-5');
  });

  test('goes by the leader’s word again after one of its own that could not be kept', async () => {
    const book = new MemoryBook();
    const { clock, autoscaler } = await setUp(3, settings(), { orders: book });
    book.kept = others;
    autoscaler.takeOffice();
    await clock.advance(0);
    book.away = true;
    const told = autoscaler.setPolicy({ live: 'static-1' });
    await whileTimePasses(clock, expect(told).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' }));
    book.away = false;
    autoscaler.keepUp();
    await clock.advance(0);
    expect(autoscaler.policy.live.name).toBe('static-5');
  });
});

test('orders that cannot be kept are an error, and are followed all the same', async () => {
  const book = new MemoryBook();
  const { clock, autoscaler } = await setUp(3, settings(), { orders: book });
  book.away = true;
  const told = autoscaler.setPolicy({ live: 'static-1' });
  await whileTimePasses(clock, expect(told).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' }));
  expect(autoscaler.policy.live.name).toBe('static-1');
});

test('orders as farm.yml has them are not kept', async () => {
  const book = new MemoryBook();
  const { autoscaler } = await setUp(3, settings(), { orders: book });
  await autoscaler.setPolicy({ live: 'static-1', shadow: 'static-2' });
  expect(book.kept).toEqual({ settings: settings({ policy: 'static-1' }), shadow: 'static-2', paused: false });
  await autoscaler.setPolicy({ live: 'static-6', shadow: null });
  expect(book.kept).toBeNull();
});
