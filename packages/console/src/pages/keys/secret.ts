import { useTranslation } from 'react-i18next';
import type { Once } from '../../ui/shown-once.tsx';

/** The secret of a key or a token as it is shown once; nothing before there is one. */
export function useSecret(): (text: string | undefined) => Once | undefined {
  const { t } = useTranslation();
  return (text) =>
    text === undefined
      ? undefined
      : {
          title: t('keys.secretTitle'),
          text,
          help: t('keys.secretHelp'),
          copy: t('keys.copySecret'),
        };
}
