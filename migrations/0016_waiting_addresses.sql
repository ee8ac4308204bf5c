-- An e-mail address that the provider gave a person and that is not in force until the person has confirmed it.
alter table members
  add column waiting_address text,
  add column waiting_until timestamptz;
