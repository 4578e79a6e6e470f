/** Debian's Chromium, driven by Playwright, for the tests of the page; and a film that it made itself. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { NODE, ROOT } from '../scripts/steps.ts';

const CHROMIUM = '/usr/bin/chromium';
/** A wait ends after this. A browser on a busy machine may take a long while. */
const SAFETY_MS = 90_000;

/** @param rules for the browser's resolver, such as `MAP evil.example 127.0.0.1` */
export async function openBrowser(rules = ''): Promise<Browser> {
  execFileSync(NODE, [join(ROOT, 'scripts', 'build-page.ts'), '--if-needed'], { cwd: ROOT });
  const args = ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'];
  if (rules !== '') args.push(`--host-resolver-rules=${rules}`);
  return chromium.launch({ executablePath: CHROMIUM, args });
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors in the console of the page. */
  readonly complaints: string[];
}

/** @param isNew shows the first run */
export async function openPage(
  browser: Browser,
  url: string,
  options: { readonly isNew?: boolean; readonly width?: number } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 800 },
    locale: 'en',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  if (options.isNew !== true) await context.addInitScript(() => localStorage.setItem('welcomed', 'yes'));
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.setDefaultTimeout(SAFETY_MS);
  await page.goto(url);
  // A reload before the answer would lose the token: the page takes it out of its address when it is signed in.
  await page.waitForFunction(() => !location.hash.includes('token='));
  return { page, context, complaints };
}

/**
 * Milliseconds that the page's main thread has computed since it was opened. Tests judge the promises of the
 * page by this: the time on the wall also holds what other programs on the machine do.
 */
export async function mainThreadMs(meter: CDPSession): Promise<number> {
  const { metrics } = await meter.send('Performance.getMetrics');
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
}

/** @returns what `mainThreadMs` asks */
export async function openMeter(page: Page): Promise<CDPSession> {
  const meter = await page.context().newCDPSession(page);
  await meter.send('Performance.enable', { timeDomain: 'threadTicks' });
  return meter;
}

/** A few seconds of film in WebM, some 200 kB each. */
export async function makeFilm(browser: Browser, seconds: number): Promise<Buffer> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const encoded = await page.evaluate(async (length) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 360];
    const paint = canvas.getContext('2d')!;
    const recorder = new MediaRecorder(canvas.captureStream(25), {
      mimeType: 'video/webm;codecs=vp8',
      videoBitsPerSecond: 1_500_000,
    });
    const chunks: Blob[] = [];
    recorder.ondataavailable = (event) => chunks.push(event.data);
    recorder.start(500);
    const until = performance.now() + length * 1000;
    for (let step = 0; performance.now() < until; step++) {
      paint.fillStyle = `hsl(${(step * 7) % 360} 60% 60%)`;
      paint.fillRect(0, 0, canvas.width, canvas.height);
      // Noise takes room, whatever the encoder does.
      const image = paint.createImageData(160, 120);
      const words = new Uint32Array(image.data.buffer);
      for (let i = 0; i < words.length; i++) words[i] = (Math.random() * 0x1000000) | 0xff000000;
      paint.putImageData(image, (step * 5) % 480, 100);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await new Promise((resolve) => {
      recorder.onstop = resolve;
      recorder.stop();
    });
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000)
      text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  }, seconds);
  await context.close();
  return Buffer.from(encoded, 'base64');
}

/** What moves and fades has other colours than those that stay. */
export const untilStill = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds that keeps people out. */
export async function findBarriers(page: Page): Promise<string[]> {
  // Past the policy of the page, which forbids scripts of others.
  await page.evaluate(await readFile(AXE, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  });
}
