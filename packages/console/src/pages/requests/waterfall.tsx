import { useTranslation } from 'react-i18next';
import type { Receipt } from '../../api/types.ts';
import { formatMs } from '../../ui/format.ts';
import { Said } from '../../ui/said.tsx';
import classes from './waterfall.module.css';

interface Bar {
  readonly name: string;
  readonly note: string;
  readonly tone: 'gateway' | 'failed' | 'well' | 'stream';
  readonly from: number;
  readonly ms: number;
}

/** The attempts of a request below each other, each where it was in time. */
export function Waterfall({ receipt }: { readonly receipt: Receipt }) {
  const { t } = useTranslation();
  const bars = barsOf(receipt, t('requests.gateway'), t('requests.answer'));
  const whole = Math.max(receipt.totalMs, ...bars.map(({ from, ms }) => from + ms), 1);
  return (
    <ol className={classes['waterfall']}>
      {bars.map((bar, i) => (
        // Two attempts at one target differ by their place alone.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i}>
          <span className={classes['name']}>
            <Said>{bar.name}</Said>
          </span>
          <span className={classes['track']} aria-hidden>
            <span
              className={`${classes['bar']} ${classes[bar.tone]} drawn`}
              style={{
                left: `${(bar.from / whole) * 100}%`,
                width: `${Math.max((bar.ms / whole) * 100, 0.4)}%`,
              }}
            />
          </span>
          <span className={`${classes['note']} numeric`}>
            <Said>{bar.note}</Said> {formatMs(bar.ms)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function barsOf(receipt: Receipt, gateway: string, answer: string): Bar[] {
  const { attempts, gatewayMs, totalMs } = receipt;
  const bars: Bar[] = [{ name: gateway, note: '', tone: 'gateway', from: 0, ms: gatewayMs }];
  let from = gatewayMs;
  for (const { target, credential, reason, ms } of attempts) {
    const name = credential === '' ? target : `${target} · ${credential}`;
    bars.push({ name, note: reason, tone: reason === 'ok' ? 'well' : 'failed', from, ms });
    from += ms;
  }
  if (totalMs > from && attempts.at(-1)?.reason === 'ok') {
    bars.push({ name: answer, note: '', tone: 'stream', from, ms: totalMs - from });
  }
  return bars;
}
