import { createTheme, type MantineThemeComponent } from '@mantine/core';

/** Of all that opens over the page. */
const over = (close: string): MantineThemeComponent => ({
  defaultProps: {
    // Locking the page's scroll writes a style element, too.
    lockScroll: false,
    closeButtonProps: { 'aria-label': close },
    // A page has one banner, which is not this one's heading.
    attributes: { header: { role: 'presentation' } },
  },
});

/**
 * The variables that go with it stand in `theme.css`: what Mantine would write into a `<style>`
 * element is refused by the content policy.
 */
export const themeWith = (texts: { readonly close: string }) =>
  createTheme({
    // Where less motion is asked for, scripts do not wait for what does not move either.
    respectReducedMotion: true,
    primaryColor: 'teal',
    primaryShade: 9,
    autoContrast: true,
    cursorType: 'pointer',
    // By name: with the components themselves, every page would wait for them.
    components: { Modal: over(texts.close), Drawer: over(texts.close) },
  });
