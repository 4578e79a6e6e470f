/** The mark and the name. */
import type { ReactNode } from 'react';

export function Logo(): ReactNode {
  return (
    <span className="logo">
      <svg viewBox="0 0 64 64" aria-hidden="true">
        <rect width="64" height="64" rx="15" fill="var(--accent)" />
        <g fill="var(--on-accent)">
          <path d="M13 24c7-8 17-8 24-1l6-5v12l-6-5c-7 7-17 7-24-1z" opacity=".65" />
          <path d="M22 42c7-8 17-8 24-1l6-5v12l-6-5c-7 7-17 7-24-1z" />
        </g>
      </svg>
      Shoal
    </span>
  );
}
