import { AuditLog } from '../audit/AuditLog.tsx';
import { Removed } from '../audit/Removed.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

/** Everything that happened in an organization, why things are as they are, and the way back. */
export function AuditPage({ slug }: { slug: string }) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/audit">
      {() => (
        <>
          <Removed key={`removed ${slug}`} slug={slug} />
          <AuditLog key={slug} slug={slug} />
        </>
      )}
    </OrganizationFrame>
  );
}
