/** A dialog over the page: the focus stays in it, Escape closes it. */
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useText } from '../texts/index.ts';
import { IconButton } from './icon-button.tsx';

interface Props {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly isWide?: boolean;
  /** A question that needs an answer: a click beside the dialog does not close it. */
  readonly isAlert?: boolean;
}

export function PageDialog({ title, isOpen, onClose, children, isWide, isAlert }: Props): ReactNode {
  const text = useText();
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      isDismissable={isAlert !== true}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={isWide === true ? 'modal modal-wide' : 'modal'}>
        <Dialog className="dialog" role={isAlert === true ? 'alertdialog' : 'dialog'}>
          <div className="dialog-head">
            <Heading slot="title">{title}</Heading>
            <IconButton label={text.close} onPress={onClose}>
              <X aria-hidden />
            </IconButton>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
