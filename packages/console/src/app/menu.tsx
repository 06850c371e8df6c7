import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { Brand } from './brand.tsx';

interface SideMenuProps {
  readonly close: () => void;
  readonly children: ReactNode;
}

/** The menu where there is no room for it beside the page. */
export const SideMenu = ({ close, children }: SideMenuProps) => (
  <Drawer opened onClose={close} title={<Brand />} size="17rem">
    {children}
  </Drawer>
);
