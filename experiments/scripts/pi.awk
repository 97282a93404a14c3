# Estimates pi from random points in the unit square: how many lie in the quarter circle?
#
#   awk -v seed=1 -v points=1000 -f pi.awk
#
# Own random numbers (Park and Miller 1988; exact in doubles), for each awk has others.
function uniform() {
  state = (state * 16807) % 2147483647
  return state / 2147483647
}

BEGIN {
  state = 1 + seed * 7919
  for (i = 0; i < 10; i++) uniform()
  for (i = 0; i < points; i++) {
    x = uniform()
    y = uniform()
    if (x * x + y * y < 1) inside++
  }
  estimate = 4 * inside / points
  error = estimate - 3.14159265358979
  print "points,pi,error"
  printf "%d,%.12g,%.12g\n", points, estimate, error < 0 ? -error : error
}
