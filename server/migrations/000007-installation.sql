-- One row: which secret key the stored secrets are sealed with, as a fingerprint, so that no process starts with another.
create table installation (
  only_one boolean primary key default true check (only_one),
  key_fingerprint text not null
);
