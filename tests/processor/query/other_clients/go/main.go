// clickhouse-go over HTTP, as Grafana's ClickHouse plugin uses it. Prints one JSON line for each
// compression: spend by team, a count by a parameter, and what a refused query and an INSERT get.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/shopspring/decimal"
)

func main() {
	methods := map[string]clickhouse.CompressionMethod{
		"none": clickhouse.CompressionNone, "gzip": clickhouse.CompressionGZIP,
		"lz4": clickhouse.CompressionLZ4, "deflate": clickhouse.CompressionDeflate,
	}
	for name, method := range methods {
		db := clickhouse.OpenDB(&clickhouse.Options{
			Addr:        []string{os.Args[1]},
			Protocol:    clickhouse.HTTP,
			Auth:        clickhouse.Auth{Database: "default", Username: "grafana"},
			Compression: &clickhouse.Compression{Method: method},
			Settings:    clickhouse.Settings{"max_execution_time": 60},
		})
		answer(name, db)
		db.Close()
	}
}

func answer(name string, db *sql.DB) {
	// The client sends what is left of a deadline as max_execution_time.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	must(db.PingContext(ctx))
	rows, err := db.QueryContext(ctx,
		"select team, sum(cost) as cost, max(start_time) as last, any(tags) as tags from llm_calls"+
			" where start_time > $1 group by team order by team", time.Unix(0, 0))
	must(err)
	spend := map[string]any{}
	for rows.Next() {
		var team string
		var cost *decimal.Decimal
		var last time.Time
		var tags map[string]string
		must(rows.Scan(&team, &cost, &last, &tags))
		if last.IsZero() {
			panic("no time")
		}
		spend[team] = cost
	}
	must(rows.Err())
	var calls uint64
	named := clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"team": "growth"}))
	must(db.QueryRowContext(named, "select count() from llm_calls where team = {team:String}").Scan(&calls))
	var read int
	many, err := db.QueryContext(ctx, "select number, toString(number) as text from numbers(100000)")
	must(err)
	for many.Next() {
		read++
	}
	must(many.Err())
	_, refused := db.QueryContext(ctx, "select file('/etc/hostname')")
	_, inserted := db.ExecContext(ctx, "insert into llm_spans (trace_id) values ('x')")
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"compression": name, "spend": spend, "calls": calls, "read": read,
		"refused": code(refused), "insert": code(inserted), "insert_text": inserted.Error(),
	}))
}

func code(err error) int32 {
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) {
		panic(err)
	}
	return exception.Code
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
