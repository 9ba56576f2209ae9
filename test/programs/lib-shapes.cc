/* A class whose functions are called through its table. */
struct Shape {
  virtual int area(int scale) const;
  virtual int corners() const;
  virtual ~Shape();
};
struct Square : Shape {
  int area(int scale) const override;
};

int Shape::area(int scale) const { return scale; }
int Shape::corners() const { return 4; }
Shape::~Shape() {}
int Square::area(int scale) const { return scale * scale; }

Shape *make_shape() { return new Shape; }
Shape *make_square() { return new Square; }
