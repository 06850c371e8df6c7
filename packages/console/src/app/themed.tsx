import { MantineProvider } from '@mantine/core';
import { useLayoutEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePrinting } from '../ui/printing.ts';
import { themeWith } from './theme.ts';

/** How all looks: as the system or somebody says, and light on paper, which has no ground of its own. */
export function Themed({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const isPrinting = usePrinting();
  // Mantine says so in an effect, which comes after those in which plots take their colours.
  useLayoutEffect(() => {
    const { dataset } = document.documentElement;
    const before = dataset['mantineColorScheme'];
    if (!isPrinting || before === undefined) return undefined;
    dataset['mantineColorScheme'] = 'light';
    return () => {
      dataset['mantineColorScheme'] = before;
    };
  }, [isPrinting]);
  return (
    // The content policy refuses style elements; the variables are in theme.css.
    <MantineProvider
      theme={themeWith({ close: t('common.close') })}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
      {...(isPrinting && { forceColorScheme: 'light' as const })}
    >
      {children}
    </MantineProvider>
  );
}
