/* global MessageChannel, performance, requestAnimationFrame */
/* Runs in the page, before its own scripts; see frame-work.ts. */
{
  const MOST = 100_000;
  const frames = [];
  const { port1, port2 } = new MessageChannel();
  let startMs = 0;
  port1.onmessage = () => {
    frames.push(performance.now() - startMs);
    if (frames.length > MOST) frames.shift();
  };
  const frame = () => {
    startMs = performance.now();
    port2.postMessage(null);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  globalThis.takeFrames = () => frames.splice(0);
}
