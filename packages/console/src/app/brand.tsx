import markUrl from '../mark.svg';
import classes from './shell.module.css';

export const Brand = () => (
  <span className={classes['brand']}>
    <img src={markUrl} alt="" width={26} height={26} />
    Vitalgate
  </span>
);
