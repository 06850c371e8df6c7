import type { ReactNode } from 'react';
import { OverDrawer } from '../ui/over.tsx';
import { Brand } from './brand.tsx';

interface SideMenuProps {
  readonly close: () => void;
  readonly children: ReactNode;
}

/** The menu where there is no room for it beside the page. */
export const SideMenu = ({ close, children }: SideMenuProps) => (
  <OverDrawer opened onClose={close} title={<Brand />} size="17rem">
    {children}
  </OverDrawer>
);
