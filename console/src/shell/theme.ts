import { Badge, type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const slate: MantineColorsTuple = [
  '#eef6fb',
  '#dbe9f3',
  '#b3d1e6',
  '#88b8d9',
  '#65a2ce',
  '#4f95c7',
  '#2f7cb0',
  '#1f5f8b',
  '#174e74',
  '#0d3c5d',
];

export const theme = createTheme({
  colors: { slate },
  primaryColor: 'slate',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Small colored letters on a tint of the same color fall below the contrast that WCAG 2.2 1.4.3 asks for.
    Badge: Badge.extend({
      styles: (_theme, { variant }) => (variant === 'light' ? { label: { color: 'var(--mantine-color-text)' } } : {}),
    }),
  },
});

/** Secondary text needs more contrast than Mantine's own choice has on these backgrounds (WCAG 2.2, 1.4.3). */
export const readableSecondaryText: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': 'var(--mantine-color-gray-7)' },
  dark: { '--mantine-color-dimmed': 'var(--mantine-color-dark-1)' },
});
