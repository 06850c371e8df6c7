import { cut, inert } from './inert.ts';
import classes from './said.module.css';

/** A short text of somebody else, in a line of ours. */
export const Said = ({ children }: { readonly children: string }) => (
  <bdi className={classes['said']}>{cut(inert(children), 300)}</bdi>
);
