import '@mantine/core/styles.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queries.ts';
import { OperatorKeyPage } from './operator-key/OperatorKeyPage.tsx';
import { takeOperatorKeyFromAddress, useOperatorKey } from './operator-key/operator-key.ts';
import { router } from './router.tsx';
import { readableSecondaryText, theme } from './shell/theme.ts';

takeOperatorKeyFromAddress();

/** The server lets only style elements with this nonce in: see src/http/console-files.ts. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
// The scroll lock under a drawer writes its style element through a package that looks for the nonce in this global.
Object.assign(globalThis, { __webpack_nonce__: nonce });

function Console() {
  const key = useOperatorKey();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={readableSecondaryText}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queryClient}>
        {key === null ? <OperatorKeyPage /> : <RouterProvider router={router} />}
      </QueryClientProvider>
    </MantineProvider>
  );
}

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no element with the id root');
createRoot(place).render(<Console />);
