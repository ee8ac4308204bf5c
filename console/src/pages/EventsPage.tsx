import { EventFeed } from '../events/EventFeed.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

/** What happened in an organization, as it happens. */
export function EventsPage({ slug }: { slug: string }) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/events">
      {({ lastEvent }) => <EventFeed key={slug} slug={slug} lastEvent={lastEvent} />}
    </OrganizationFrame>
  );
}
