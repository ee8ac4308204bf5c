import { Anchor, type AnchorProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes } from 'react';

type PageAnchorProps = AnchorProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps>;

/** A link to one of the console's own pages, with Mantine's looks and the router's checked addresses. */
export const PageLink = createLink((props: PageAnchorProps) => <Anchor {...props} />);
