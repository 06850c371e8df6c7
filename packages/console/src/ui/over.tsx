import { Drawer, Modal, type DrawerProps, type ModalProps } from '@mantine/core';
import { useLayoutEffect } from 'react';
import { useEscape } from './escape.ts';

const stay = (): void => {};

/**
 * Gives the focus back to where it was. Mantine does so when what is open closes; what is taken away
 * while it is open does not close, and whoever goes by keyboard began at the top of the page again.
 */
function useFocusBack(isOpen: boolean): void {
  useLayoutEffect(() => {
    const before = document.activeElement;
    if (!isOpen || !(before instanceof HTMLElement) || before === document.body) return undefined;
    return () => before.focus({ preventScroll: true });
  }, [isOpen]);
}

/** Opens in the middle of the page. */
export function OverModal({ closeOnEscape = true, ...props }: ModalProps) {
  useEscape(props.opened, closeOnEscape ? props.onClose : stay);
  useFocusBack(props.opened);
  return <Modal {...props} closeOnEscape={false} />;
}

/** Opens at a side of the page. */
export function OverDrawer(props: DrawerProps) {
  useEscape(props.opened, props.onClose);
  useFocusBack(props.opened);
  return <Drawer {...props} closeOnEscape={false} />;
}
