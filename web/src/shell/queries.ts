/** Answers of the daemon that the page shows. Components with the same question share one answer. */
import { QueryClient, useQuery } from '@tanstack/react-query';
import { useDaemon } from './connection.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    // The daemon may run on this machine: it answers a browser that is offline. `connection.ts` knows whether it answers.
    queries: { networkMode: 'always', retry: false },
    mutations: { networkMode: 'always', retry: false },
  },
});

/**
 * The answer, and again every `everyMs` while it is shown and the page is in the foreground. The last answer stays while the
 * daemon does not answer.
 * @param key of what is asked; the first part is the name of the system
 */
export function useAnswer<T>(
  key: readonly unknown[],
  question: () => Promise<T>,
  everyMs?: number,
): T | undefined {
  const { connection } = useDaemon();
  const { data } = useQuery({
    queryKey: key,
    queryFn: question,
    enabled: connection === 'open',
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
  return data;
}

/** Asks again, after a change. */
export const askAgain = (key: readonly unknown[]): void =>
  void queryClient.invalidateQueries({ queryKey: key });
