/** Waits for `ms` milliseconds; rejects with the signal's reason once it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return abortable(slept, signal).finally(() => clearTimeout(timer));
}

/** What `promise` comes to, or the signal's reason as soon as it is aborted. */
export function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** How long to wait before try number `tries`, from 1: twice as long each time, up to `mostMs`, at random within the second half. */
export function backoff(tries: number, mostMs = 8_000): number {
  const ms = Math.min(mostMs, 250 * 2 ** Math.min(tries - 1, 16));
  return ms / 2 + (Math.random() * ms) / 2;
}
