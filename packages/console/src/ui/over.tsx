import { Drawer, Modal, type DrawerProps, type ModalProps } from '@mantine/core';
import { useEscape } from './escape.ts';

const stay = (): void => {};

/** Opens in the middle of the page. */
export function OverModal({ closeOnEscape = true, ...props }: ModalProps) {
  useEscape(props.opened, closeOnEscape ? props.onClose : stay);
  return <Modal {...props} closeOnEscape={false} />;
}

/** Opens at a side of the page. */
export function OverDrawer(props: DrawerProps) {
  useEscape(props.opened, props.onClose);
  return <Drawer {...props} closeOnEscape={false} />;
}
