/** Empty rows in place of content that is still loading. */
import type { ReactNode } from 'react';

export function Skeleton({ label }: { readonly label: string }): ReactNode {
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {[0, 1, 2, 3].map((row) => (
        <span key={row} className="skeleton-row" />
      ))}
    </div>
  );
}
