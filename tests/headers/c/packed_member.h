struct some { char c; int i __attribute__((packed)); short s; long l; };
