import { createTheme, Modal, Drawer } from '@mantine/core';

/**
 * The variables that go with it stand in `theme.css`: what Mantine would write into a `<style>`
 * element is refused by the content policy.
 */
export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 9,
  autoContrast: true,
  cursorType: 'pointer',
  components: {
    // Locking the page's scroll writes a style element, too.
    Modal: Modal.extend({ defaultProps: { lockScroll: false, centered: true } }),
    Drawer: Drawer.extend({ defaultProps: { lockScroll: false } }),
  },
});
