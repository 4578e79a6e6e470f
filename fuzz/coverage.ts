/**
 * Which parts of the source an input reaches: V8's own block coverage, through the inspector. With it the fuzzer keeps
 * inputs that reach something new and goes on from them, instead of from the well-formed seeds alone.
 */
import { type Profiler, Session } from 'node:inspector';

export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  get size(): number {
    return this.#seen.size;
  }

  /** Blocks that were reached since the last call, for the first time ever. */
  takeNew(): number {
    let fresh = 0;
    const { result } = this.#post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    for (const script of result) {
      if (!script.url.includes('/src/')) continue;
      for (const { ranges } of script.functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          // How often is worth knowing as well, roughly: once, some times, many times.
          const key = `${script.scriptId}:${startOffset}:${endOffset}:${Math.min(3, Math.floor(Math.log10(count)))}`;
          if (this.#seen.has(key)) continue;
          this.#seen.add(key);
          fresh++;
        }
      }
    }
    return fresh;
  }

  close(): void {
    this.#session.disconnect();
  }

  /** In one thread the inspector answers before `post` returns. */
  #post(method: string, params?: object): unknown {
    let answer: unknown;
    this.#session.post(method, params, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}
