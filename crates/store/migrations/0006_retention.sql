-- What is about no page is forgotten by age: it stands together, the oldest first.
drop index deliveries_page;
create index deliveries_page on deliveries (page_id, created_at, id);
-- Nobody asks by it.
drop index deliveries_group_due;
