// SCIMMY behind its routers on Express 4, with its handlers over two maps in memory: what its documentation leaves to the
// reader, in the simplest form that does not search for a known id.
import { randomUUID } from 'node:crypto';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';

const token = randomUUID();

const declare = (type) => {
  const stored = new Map();
  SCIMMY.Resources.declare(type)
    .ingress((resource, data) => {
      const now = new Date();
      const id = resource.id ?? randomUUID();
      const known = stored.get(id);
      if (resource.id !== undefined && known === undefined) {
        throw new SCIMMY.Types.Error(404, null, `${id} not found`);
      }
      const meta = { created: known?.meta.created ?? now, lastModified: now };
      const next = { ...JSON.parse(JSON.stringify(data)), id, meta };
      stored.set(id, next);
      return next;
    })
    .egress((resource) => {
      if (resource.id === undefined) return resource.filter?.match([...stored.values()]) ?? [...stored.values()];
      const found = stored.get(resource.id);
      if (found === undefined) throw new SCIMMY.Types.Error(404, null, `${resource.id} not found`);
      return found;
    })
    .degress((resource) => {
      if (!stored.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `${resource.id} not found`);
    });
};
declare(SCIMMY.Resources.User);
declare(SCIMMY.Resources.Group);
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

const app = express();
app.use(
  '/scim',
  new SCIMMYRouters({
    type: 'bearer',
    handler: (request) => {
      if (request.header('Authorization') !== `Bearer ${token}`) throw new Error('the token is wrong');
      return 'bench';
    },
  }),
);
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ baseUrl: `http://127.0.0.1:${server.address().port}/scim`, token }));
});
process.on('SIGTERM', () => process.exit(0));
