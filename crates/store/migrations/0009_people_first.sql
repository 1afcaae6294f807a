-- What goes to people does not stand in line behind what goes to receivers.
create index deliveries_people_due on deliveries (due_at) where due_at is not null and person is not null;
