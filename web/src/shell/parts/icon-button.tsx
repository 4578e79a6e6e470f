/** A button with an icon. Screen readers read its label; a tooltip shows it. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';

interface Props {
  readonly label: string;
  readonly className?: string;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

export function IconButton({ label, className = '', onPress, children }: Props): ReactNode {
  return (
    <Button className={`icon-button ${className}`} aria-label={label} onPress={onPress}>
      {/* The button itself takes no title. */}
      <span className="icon-tip" title={label}>
        {children}
      </span>
    </Button>
  );
}
