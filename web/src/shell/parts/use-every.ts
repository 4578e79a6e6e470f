/** Asks the peer again and again while something is shown; what was heard last stays when an answer fails. */
import { useEffect, useState } from 'react';

export function useEvery<T>(ms: number, question: () => Promise<T>, key: unknown = 0): T | undefined {
  const [answer, setAnswer] = useState<T>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what the question depends on
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async (): Promise<void> => {
      // Nobody looks at a page in the background.
      const heard = document.hidden ? undefined : await question().catch(() => undefined);
      if (isOver) return;
      if (heard !== undefined) setAnswer(heard);
      timer = setTimeout(() => void look(), ms);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [ms, key]);
  return answer;
}
