import sharp from 'sharp';
import { z } from 'zod';
import { compress } from './image/compression.ts';
import { convertToGrey } from './image/conversion.ts';
import { decode, type Header } from './image/decode.ts';
import { describeColours, type ColourStatistics } from './image/metadata.ts';
import { readSource } from './image/source.ts';
import { makeThumbnail } from './image/thumbnail.ts';
import type { TaskKind } from './kind.ts';
import { parsePayload } from './payload.ts';

/** In the order in which they run. */
export const imageStages = ['thumbnail', 'compression', 'metadata', 'conversion'] as const;
export type ImageStage = (typeof imageStages)[number];

const side = z.int('expected a whole number of px from 1 to 4096').min(1).max(4096);

const payloadSchema = z.strictObject({
  /** Absent: all four. */
  stages: z
    .array(z.enum(imageStages))
    .min(1, 'expected at least one stage')
    .default([...imageStages]),
  thumbnail: z
    .strictObject({
      width: side.default(128),
      height: side.default(128),
      format: z.enum(['webp', 'jpeg']).default('webp'),
    })
    .prefault({}),
  /** A file on the worker's machine, instead of a blob. */
  path: z.string().min(1).optional(),
  /** What people call the picture: used in messages. */
  name: z.string().min(1).max(1024).optional(),
  /** Where the collector shall write the thumbnail. Passed through. */
  out: z.string().min(1).optional(),
});

/** What an image task leaves. Absent parts belong to stages that were not asked for. */
export interface ImageResult {
  readonly name: string;
  readonly out?: string;
  readonly format: Header['format'];
  /** Upright (EXIF orientation applied), px. */
  readonly width: number;
  readonly height: number;
  /** Size of the file that came in. */
  readonly bytes: number;
  /** Wall time of decoding and of each stage, ms. */
  readonly stagesMs: Readonly<Partial<Record<'decode' | ImageStage, number>>>;
  readonly thumbnail?: {
    /** Blob that holds the picture. */
    readonly blob: string;
    readonly bytes: number;
    readonly width: number;
    readonly height: number;
    readonly format: 'webp' | 'jpeg';
  };
  /** Size as a JPEG of quality 75, and that as a share of `bytes`. */
  readonly compressedBytes?: number;
  readonly compressionRatio?: number;
  readonly metadata?: Header & { readonly channels: ColourStatistics };
  /** Size of the grey JPEG. */
  readonly convertedBytes?: number;
}

const imageKind: TaskKind = {
  name: 'image',
  yields: true,
  async run(task, context): Promise<ImageResult> {
    const payload = parsePayload(task, payloadSchema);
    const source = await readSource(task, payload, context);
    const stagesMs: Partial<Record<'decode' | ImageStage, number>> = {};
    const timed = async <T>(stage: 'decode' | ImageStage, work: () => T | Promise<T>): Promise<T> => {
      context.signal.throwIfAborted();
      const startedAt = context.clock.monotonic();
      const made = await work();
      stagesMs[stage] = context.clock.monotonic() - startedAt;
      return made;
    };
    const { header, pixels } = await timed('decode', () => decode(source));
    const ifAsked = async <T>(stage: ImageStage, work: () => T | Promise<T>): Promise<T | null> =>
      payload.stages.includes(stage) ? timed(stage, work) : null;
    const thumbnail = await ifAsked('thumbnail', () => makeThumbnail(pixels, payload.thumbnail));
    const compressed = await ifAsked('compression', () => compress(pixels));
    const channels = await ifAsked('metadata', () => describeColours(pixels));
    const converted = await ifAsked('conversion', () => convertToGrey(pixels));
    // Last, so that a task that is given back has left nothing behind.
    context.signal.throwIfAborted();
    const stored = thumbnail && { ...thumbnail, blob: await context.putOutput(thumbnail.bytes) };
    return {
      name: source.name,
      ...(payload.out !== undefined && { out: payload.out }),
      format: header.format,
      width: pixels.width,
      height: pixels.height,
      bytes: source.bytes.length,
      stagesMs,
      ...(stored && { thumbnail: { ...stored, bytes: stored.bytes.length } }),
      ...(compressed && {
        compressedBytes: compressed.length,
        compressionRatio: compressed.length / source.bytes.length,
      }),
      ...(channels && { metadata: { ...header, channels } }),
      ...(converted && { convertedBytes: converted.length }),
    };
  },
};

/**
 * Prepares sharp and goes through every stage once, so that the first task of a process is as quick as the others.
 * One thread an image and no cache of operations: a worker has one task in hand, more throughput comes from more replicas,
 * and a service time must be the picture's own and not that of whatever came before.
 */
export async function loadImageKind(): Promise<TaskKind> {
  sharp.concurrency(1);
  sharp.cache(false);
  const blank = sharp({ create: { width: 256, height: 256, channels: 3, background: '#808080' } });
  const { pixels } = await decode({ name: 'blank', bytes: await blank.jpeg().toBuffer() });
  await makeThumbnail(pixels, { width: 128, height: 128, format: 'webp' });
  await compress(pixels);
  describeColours(pixels);
  await convertToGrey(pixels);
  return imageKind;
}
