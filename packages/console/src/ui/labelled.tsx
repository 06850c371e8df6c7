import { Input } from '@mantine/core';
import type { ReactNode } from 'react';

interface LabelledProps {
  readonly label: string;
  readonly help?: string;
  readonly children: ReactNode;
}

/** For a control that has a name of its own: label and help as other fields have them. */
export const Labelled = ({ label, help, children }: LabelledProps) => (
  <div>
    <Input.Label component="div">{label}</Input.Label>
    <div>{children}</div>
    {help !== undefined && <Input.Description>{help}</Input.Description>}
  </div>
);
